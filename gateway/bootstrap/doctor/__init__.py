"""`haochaping doctor`: looks at an installation as it is, changes nothing, and says what to mend.

One module for each thing that is looked at; `examination` runs them all.
"""
