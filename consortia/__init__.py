"""Units, people's seats in them, consortia, memberships, qualification (articles 2, 3, 5, 20)."""
