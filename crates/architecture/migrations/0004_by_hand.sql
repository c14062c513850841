-- What people state by hand and what files say of more than one system.

-- The modules of the product that are in use, in words.
ALTER TABLE system ADD COLUMN modules TEXT;

ALTER TABLE contract ADD COLUMN title TEXT;
-- The supplying organisation's id, where the contract names one.
ALTER TABLE contract ADD COLUMN supplier TEXT;
-- Id in private_text of a supplier's name that matched no organisation.
ALTER TABLE contract ADD COLUMN supplier_private TEXT;
-- Pence a year for the whole contract: seen by those who see the organisation's costs.
ALTER TABLE contract ADD COLUMN annual_cost BIGINT;

-- A shared system is one system with one owner, the organisation in whose estate it is, and several users.
-- A projection, as "system" is.
CREATE TABLE system_user (
    organisation TEXT NOT NULL,
    system TEXT NOT NULL,
    -- The other organisation that uses it.
    used_by TEXT NOT NULL,
    PRIMARY KEY (organisation, system, used_by)
);
CREATE INDEX system_user_by_user ON system_user (used_by);
