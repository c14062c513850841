-- What of an organisation's worklist its people have put aside. The list itself is reckoned.
CREATE TABLE worklist_aside (
    organisation TEXT NOT NULL,
    -- What it names: "text/" and an id in private_text, "row/" with import and position, "missing/" and a system,
    -- "dates/" and a contract.
    item TEXT NOT NULL,
    put_aside_at TEXT NOT NULL,
    -- The person, as a reference that can outlive erasure.
    actor TEXT,
    PRIMARY KEY (organisation, item)
);
