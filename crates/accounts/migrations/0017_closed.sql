-- Since when nobody acts for an organisation any more; NULL: people can. Its page, and what others rely on, stay.
ALTER TABLE organisation ADD COLUMN closed_at BIGINT;
