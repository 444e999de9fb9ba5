"""The checks behind scripts/check-hub."""
