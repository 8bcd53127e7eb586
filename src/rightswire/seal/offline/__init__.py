"""Opening a delivery on a machine without network, without the server's program and without Django."""
