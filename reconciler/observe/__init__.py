"""What members hold, as status: health per object, and the roll-ups that `status`, `clusters` and the status branch show.

The rule for each kind's health is in `interpreter/`; what to do about it in `transition/`; writing it down in `record/`.
"""
