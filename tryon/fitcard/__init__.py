"""The fit card: what was measured and what it means for one piece, on paper that an artisan can cut metal by."""
