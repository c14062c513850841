-- Estates. Every table here grows with organisations, so each carries the organisation first in its primary key.

-- How an organisation shares its estate. A row exists once the organisation has an estate.
CREATE TABLE estate (
    organisation TEXT NOT NULL,
    -- own, members or public
    visibility TEXT NOT NULL,
    -- own or members; costs are never public
    cost_visibility TEXT NOT NULL,
    PRIMARY KEY (organisation)
);

-- A change is what somebody did to an estate at one moment. Numbers are dense in each organisation.
CREATE TABLE change (
    organisation TEXT NOT NULL,
    number BIGINT NOT NULL,
    -- import, undo, edit or erase
    kind TEXT NOT NULL,
    -- The import it belongs to, where there is one.
    import TEXT,
    -- The change that it takes back, where it does.
    undoes BIGINT,
    -- The person, as a reference that can outlive erasure; none for the command line.
    actor TEXT,
    at TEXT NOT NULL,
    PRIMARY KEY (organisation, number)
);

-- Values are statements: append-only. The latest statement about a subject's attribute is its present value.
CREATE TABLE statement (
    organisation TEXT NOT NULL,
    change BIGINT NOT NULL,
    position BIGINT NOT NULL,
    -- system or contract
    subject_kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    attribute TEXT NOT NULL,
    -- Canonical JSON. NULL says that nothing is stated any longer. {"private": id} points to private_text.
    value TEXT,
    -- Text as it was sent, where it was not understood: an id in private_text.
    original TEXT,
    -- Where the value was read: "systems.xlsx, Systems, row 41".
    source TEXT NOT NULL,
    -- verified, reported or estimated
    confidence TEXT NOT NULL,
    as_of TEXT NOT NULL,
    PRIMARY KEY (organisation, change, position)
);
CREATE INDEX statement_by_subject ON statement (organisation, subject, attribute, change, position);

-- What only the organisation sees, and what must be erasable: texts that could not be read, and what looks like
-- a person's name or address. Statements hold the id, so erasing the text leaves the history whole.
CREATE TABLE private_text (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    text TEXT,
    erased_at TEXT,
    PRIMARY KEY (organisation, id)
);

-- Projections of the statements. `commonhold doctor --rebuild` makes them anew.
CREATE TABLE system (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    visibility TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    -- planned, live, retiring, retired; NULL when not known
    status TEXT,
    -- '' for the shared list, else the organisation whose candidate it is; NULL when the product is not known
    product_organisation TEXT,
    product TEXT,
    version TEXT,
    -- The supplying organisation's id: as stated for this system, else the product's.
    supplier TEXT,
    in_house BIGINT NOT NULL,
    -- Id in private_text of a supplier's name that matched no organisation.
    supplier_private TEXT,
    description TEXT,
    business_owner TEXT,
    business_owner_private TEXT,
    technical_owner TEXT,
    technical_owner_private TEXT,
    users BIGINT,
    annual_cost BIGINT,
    contract TEXT,
    hosting TEXT,
    data_model TEXT,
    portability TEXT,
    support_model TEXT,
    shared_with TEXT,
    criticality TEXT,
    website TEXT,
    -- Notes are the organisation's own: an id in private_text.
    notes_private TEXT,
    -- When the latest statement about it was made.
    changed_at TEXT NOT NULL,
    PRIMARY KEY (organisation, id)
);
CREATE INDEX system_by_name ON system (organisation, name_folded, id);
CREATE INDEX system_by_product ON system (product, product_organisation);
CREATE INDEX system_by_supplier ON system (supplier);
CREATE INDEX system_by_id ON system (id);

CREATE TABLE system_element (
    organisation TEXT NOT NULL,
    system TEXT NOT NULL,
    frame TEXT NOT NULL,
    element TEXT NOT NULL,
    PRIMARY KEY (organisation, system, frame, element)
);
CREATE INDEX system_element_by_element ON system_element (frame, element);

CREATE TABLE contract (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    visibility TEXT NOT NULL,
    reference TEXT,
    -- Dates are "2027-03-31", or "2027-03" when only the month was given.
    start_date TEXT,
    end_date TEXT,
    -- The last day on which the contract is certain to run: the end date, or the last day of its month.
    end_day TEXT,
    notice_months BIGINT,
    -- The last day on which notice can be given: end_day less notice_months.
    last_notice_day TEXT,
    extension TEXT,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (organisation, id)
);
CREATE INDEX contract_by_id ON contract (id);
