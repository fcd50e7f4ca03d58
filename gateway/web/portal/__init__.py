"""Pages for those who handle follow-ups: made on the server, without script, quick on any machine."""
