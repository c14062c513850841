-- Domains of e-mail addresses by which people are recognised as an organisation's. Reference data: small.
CREATE TABLE organisation_domain (
    organisation  TEXT   NOT NULL,
    -- In lower case and ASCII: what comes after the @ of an address.
    domain        TEXT   NOT NULL,
    -- The person.
    proposed_by   TEXT,
    proposed_at   BIGINT NOT NULL,
    -- 1 once an operator confirmed it, else NULL. NULL may repeat in a unique index, so it is confirmed for one organisation.
    confirmed     BIGINT,
    confirmed_by  TEXT,
    confirmed_at  BIGINT,
    PRIMARY KEY (organisation, domain)
);

CREATE UNIQUE INDEX organisation_domain_confirmed ON organisation_domain (domain, confirmed);

-- Whoever is to be somebody here when they use the link: an address of a confirmed domain. NULL: a link of a person.
ALTER TABLE sign_in_link ADD COLUMN email TEXT;
-- For which organisation's domain it is good.
ALTER TABLE sign_in_link ADD COLUMN organisation TEXT;

CREATE INDEX sign_in_link_by_email ON sign_in_link (email);
CREATE INDEX sign_in_link_by_organisation ON sign_in_link (organisation);
