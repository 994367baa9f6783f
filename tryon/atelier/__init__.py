"""The atelier: requests, pairing, stages, approvals, editions, and the store that keeps them. Nothing async here."""
