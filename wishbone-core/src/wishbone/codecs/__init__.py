"""The codecs of the core, plain text and JSON; and the parts that other packages build codecs on."""
