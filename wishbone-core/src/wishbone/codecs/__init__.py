"""The codecs that the core brings along: plain text and JSON; and what codecs of other packages build on."""
