"""What the APIs of all programmes share: permissions, pages, problems."""
