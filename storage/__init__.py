"""What the practice keeps: tables, transactions and the encryption of what patients say."""
