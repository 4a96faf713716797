"""Operations of the retail programme."""
