"""Voice prompts as audio: recordings of a studio, and texts spoken by a command."""
