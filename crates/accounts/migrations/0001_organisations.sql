-- Bodies that people act for, and suppliers. Reference data: small, and copied to every shard of a large site.
CREATE TABLE organisation (
    id             TEXT   NOT NULL,
    name           TEXT   NOT NULL,
    folded         TEXT   NOT NULL,
    kind           TEXT   NOT NULL,
    -- GSS code, company number or a key minted for the purpose. Codes identify; names never do.
    code           TEXT,
    participating  BIGINT NOT NULL,
    about          TEXT   NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX organisation_code ON organisation (code);

CREATE TABLE organisation_name (
    organisation   TEXT   NOT NULL,
    -- 'also' or 'former'
    kind           TEXT   NOT NULL,
    position       BIGINT NOT NULL,
    name           TEXT   NOT NULL,
    PRIMARY KEY (organisation, kind, position)
);
