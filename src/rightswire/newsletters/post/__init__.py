"""The post: takes what the ledger says is waiting, and hands it to the mail server over a few lines."""
