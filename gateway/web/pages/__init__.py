"""What all pages for people share: the frame, the look, the rules that browsers are given."""
