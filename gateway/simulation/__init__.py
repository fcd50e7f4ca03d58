"""The gateway in virtual time: real use cases among invented people, carriers and failures, from a seed."""
