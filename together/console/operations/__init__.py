"""Operations that concern both programmes."""
