"""
What was approved, fact by fact.

* a digest says that something was approved, not that a row is it: the effect itself is compared.
"""

from django.db import migrations

AS_SAID = """
CREATE FUNCTION controls_is_approved_as(p_kind text, p_subject text, p_digest text, p_said jsonb)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM controls_approval a
         WHERE (a.kind, a.subject, a.effect_digest) = (p_kind, p_subject, p_digest)
           AND NOT EXISTS (SELECT FROM jsonb_each(p_said) AS s
                            WHERE a.effect_text::jsonb -> s.key IS DISTINCT FROM s.value))
       AND controls_is_approved(p_kind, p_subject, p_digest)
$$;
"""
NOTHING_SAID = "DROP FUNCTION controls_is_approved_as(text, text, text, jsonb);"


class Migration(migrations.Migration):
    dependencies = [("controls", "0006_stages_of_pools")]
    operations = [migrations.RunSQL(AS_SAID, NOTHING_SAID)]
