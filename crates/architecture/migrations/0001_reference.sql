-- Reference data: small, the same for everyone, copied to every shard.
-- A frame is a model that systems are placed on (LGAM first). Frames are data: another is loaded beside it.
CREATE TABLE frame (
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    name TEXT NOT NULL,
    abbreviation TEXT NOT NULL,
    attribution TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE frame_layer (
    frame TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    meaning TEXT NOT NULL,
    PRIMARY KEY (frame, id)
);
CREATE TABLE frame_element (
    frame TEXT NOT NULL,
    id TEXT NOT NULL,
    layer TEXT NOT NULL,
    -- The sub-domain's name, where the layer has sub-domains.
    sub_domain TEXT,
    name TEXT NOT NULL,
    -- Order within the whole frame.
    position BIGINT NOT NULL,
    meaning TEXT NOT NULL,
    PRIMARY KEY (frame, id)
);
-- Every name by which free text finds an element, folded by the program. A name may mean two elements ("Email" is a
-- channel and a capability): then it finds neither, and people are asked.
CREATE TABLE frame_element_name (
    frame TEXT NOT NULL,
    folded TEXT NOT NULL,
    element TEXT NOT NULL,
    name TEXT NOT NULL,
    -- name, former or alias
    kind TEXT NOT NULL,
    PRIMARY KEY (frame, folded, element)
);
CREATE INDEX frame_element_name_by_element ON frame_element_name (frame, element);

-- Products. The shared list has the organisation ''; a candidate belongs to the organisation that named it,
-- and only that organisation sees it.
CREATE TABLE product (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    -- The supplying organisation's id, where it is known.
    supplier TEXT,
    -- Where the row was read, or "general knowledge".
    source TEXT NOT NULL,
    -- public for the shared list, own for candidates
    visibility TEXT NOT NULL,
    PRIMARY KEY (organisation, id)
);
CREATE INDEX product_by_supplier ON product (supplier);
CREATE TABLE product_name (
    organisation TEXT NOT NULL,
    folded TEXT NOT NULL,
    product TEXT NOT NULL,
    name TEXT NOT NULL,
    -- name, former or alias
    kind TEXT NOT NULL,
    PRIMARY KEY (organisation, folded)
);
CREATE INDEX product_name_by_product ON product_name (organisation, product);
-- The elements that a product usually serves.
CREATE TABLE product_element (
    organisation TEXT NOT NULL,
    product TEXT NOT NULL,
    frame TEXT NOT NULL,
    element TEXT NOT NULL,
    PRIMARY KEY (organisation, product, frame, element)
);
CREATE INDEX product_element_by_element ON product_element (frame, element);

-- Which version of the carried reference data is loaded: its SHA-256, hexadecimal.
CREATE TABLE reference_loaded (
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (name)
);
