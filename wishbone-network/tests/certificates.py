"""Certificates that the tests issue."""

from __future__ import annotations


def write_certificate(authority, folder, name):
    """Write a certificate and its key; return their paths by the names of the arguments."""
    issued = authority.issue_cert(name)
    issued.private_key_pem.write_to_path(folder / "own.key")
    issued.cert_chain_pems[0].write_to_path(folder / "own.pem")
    return {"cert_file": str(folder / "own.pem"), "key_file": str(folder / "own.key")}
