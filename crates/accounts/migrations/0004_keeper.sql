-- The organisation whose stewards keep the list of products that all share: 1, or NULL for every other one.
ALTER TABLE organisation ADD COLUMN keeps_shared_list BIGINT;

-- NULL may repeat in a unique index, so at most one organisation keeps the list.
CREATE UNIQUE INDEX organisation_keeper ON organisation (keeps_shared_list);
