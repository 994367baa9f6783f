"""Versions of the tables, applied in order by `database.bring_up_to_date`."""
