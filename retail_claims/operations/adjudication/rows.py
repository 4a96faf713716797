"""Rows of the decisions file: its columns, and the canonical text that each row's digest is of."""

# Columns of decisions.parquet from a table that holds what was decided and shared.
COLUMNS = """
SELECT person_id, {refs} fills, loss, {class_losses} AS class_losses, net AS net_assets,
       ratio_num, ratio_den, decision, {reasons} AS reasons, {tests} AS tests, demand,
       CASE decision WHEN 'award' THEN amount ELSE 0 END::DECIMAL(38, 8) AS award,
       CASE decision WHEN 'award' THEN 0 ELSE amount END::DECIMAL(38, 8) AS escrow,
       paid, CASE decision WHEN 'award' THEN amount - paid ELSE 0 END::DECIMAL(38, 8) AS payable
       {places}
  FROM {table}
"""
# Canonical JSON: keys sorted, no blanks. Texts in it are ids, numbers and codes, so that nothing
# needs an escape; money prints with its eight decimals.
TEXT = """
'{"award":"' || award || '","class_losses":[' || array_to_string(list_transform(class_losses,
    lambda one: '{"class":"' || one.class || '","loss":"' || one.loss || '"}'), ',')
|| '],"decision":"' || decision || '","demand":"' || demand || '","escrow":"' || escrow
|| '","fills":' || fills || ',"loss":"' || loss
|| '","net_assets":' || coalesce('"' || net_assets || '"', 'null')
|| ',"paid":"' || paid || '","payable":"' || payable || '","person_id":"' || person_id
|| '","ratio_den":' || coalesce('"' || ratio_den || '"', 'null')
|| ',"ratio_num":' || coalesce('"' || ratio_num || '"', 'null')
|| ',"reasons":[' || array_to_string(list_transform(reasons,
    lambda one: '"' || one || '"'), ',')
|| '],"tests":[' || array_to_string(list_transform(tests,
    lambda one: '{"code":"' || one.code || '","measured":'
        || coalesce('"' || one.measured || '"', 'null')
        || ',"passed":' || coalesce(one.passed::VARCHAR, 'null')
        || ',"threshold":' || coalesce('"' || one.threshold || '"', 'null') || '}'), ',')
|| ']}'
"""
