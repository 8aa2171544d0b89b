"""Times that recur: schedules as in crontab(5), and time zones. Pure but for the files of the time zones.

| File | What it is for |
|---|---|
| `schedules.py` | when a schedule begins next, or began last (sole home of cronsim) |
"""
