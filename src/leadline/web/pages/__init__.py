"""One file per page: ROUTES (Starlette routes), and where it has them NAV ((text key, address), …), TAKES_FILES, life."""
