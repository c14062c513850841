-- Since when an operator keeps somebody out. They act for whom they did, and cannot sign in; NULL: they can.
ALTER TABLE person ADD COLUMN disabled_at BIGINT;
