-- Bringing a file in: upload, mapping, preview, applied, undone.
CREATE TABLE import (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    file_name TEXT NOT NULL,
    -- SHA-256 of the file, hexadecimal.
    file_hash TEXT NOT NULL,
    -- Which of the organisation's lists this is: "missing" is said only within the same source.
    source TEXT NOT NULL,
    -- uploaded, applied, undone or cancelled
    state TEXT NOT NULL,
    -- The sheet and the row of headings that people chose; NULL where those found in the file are right.
    sheet TEXT,
    header_row BIGINT,
    -- The mapping chosen, as JSON; NULL until somebody has looked.
    mapping TEXT,
    created_at TEXT NOT NULL,
    created_by TEXT,
    applied_at TEXT,
    -- Numbers of the changes that applied and undid it.
    applied_change BIGINT,
    undone_change BIGINT,
    added BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    retired BIGINT NOT NULL,
    PRIMARY KEY (organisation, id)
);
CREATE INDEX import_by_id ON import (id);

-- The file itself, kept only between upload and apply or cancel: it may hold personal data.
CREATE TABLE import_file (
    organisation TEXT NOT NULL,
    import TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (organisation, import)
);

CREATE TABLE import_problem (
    organisation TEXT NOT NULL,
    import TEXT NOT NULL,
    position BIGINT NOT NULL,
    code TEXT NOT NULL,
    -- must_fix, check or information
    severity TEXT NOT NULL,
    sheet TEXT NOT NULL,
    -- The place; NULL where the whole row, column or sheet is meant.
    row_number BIGINT,
    column_letter TEXT,
    heading TEXT,
    -- Id in private_text of the text as sent.
    original TEXT,
    message TEXT NOT NULL,
    next_step TEXT NOT NULL,
    PRIMARY KEY (organisation, import, position)
);

-- What each column of an organisation's files means, by folded heading.
CREATE TABLE column_mapping (
    organisation TEXT NOT NULL,
    mapping TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (organisation)
);

-- Which row of which source became which system: the identity of a row that carries no id of ours.
CREATE TABLE import_row (
    organisation TEXT NOT NULL,
    source TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    -- Listed or candidate product's id, '' when not known.
    product TEXT NOT NULL,
    -- How often the same name and product stood above it in the file.
    occurrence BIGINT NOT NULL,
    system TEXT NOT NULL,
    PRIMARY KEY (organisation, source, name_folded, product, occurrence)
);
