-- A comparison that an organisation keeps under a name: the question, never the answer.
CREATE TABLE comparison (
    -- The organisation that made it.
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Which rows are shown: a word of "show=" at /compare; NULL shows all.
    show TEXT,
    -- own or members
    visibility TEXT NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (organisation, id)
);
CREATE INDEX comparison_by_id ON comparison (id);
CREATE TABLE comparison_organisation (
    organisation TEXT NOT NULL,
    comparison TEXT NOT NULL,
    position BIGINT NOT NULL,
    -- The organisation that is compared.
    compared TEXT NOT NULL,
    PRIMARY KEY (organisation, comparison, position)
);
