"""HTTP: consent, sessions, the catalogue and the pages. Carries no picture and no sound."""
