"""The carriers, one folder each; `registry` alone knows which there are."""
