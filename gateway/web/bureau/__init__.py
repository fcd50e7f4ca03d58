"""The bureau's pages, for officers who signed in: made on the server, without script."""
