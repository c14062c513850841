-- What organisations offer to the shared list of products, and what the list's keeper published.

-- One row for each offer. It is the organisation's own; the stewards of the keeper read what was offered, and nobody else.
CREATE TABLE shared_offer (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    -- product (one of the organisation's own) or name (another name of a listed product)
    kind TEXT NOT NULL,
    -- The organisation's own product that stands for the name. It is shown to nobody else.
    stands TEXT NOT NULL,
    -- The name as offered, and folded.
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    -- Of a name: the listed product that it means.
    target TEXT,
    -- The supplier as the organisation says it; the product's website.
    supplier TEXT,
    website TEXT,
    -- Ids of LGAM elements with a space between.
    elements TEXT NOT NULL,
    reason TEXT NOT NULL,
    offered_at TEXT NOT NULL,
    offered_by TEXT,
    -- waiting, withdrawn (by the organisation), declined or published (by the keeper)
    state TEXT NOT NULL,
    decided_at TEXT,
    decided_by TEXT,
    why TEXT,
    -- The listed product that it became, or a name of which it became; the publication, unless the list had the name already.
    product TEXT,
    publication TEXT,
    -- The organisation's change in which its systems followed.
    change BIGINT,
    PRIMARY KEY (organisation, id)
);
CREATE INDEX shared_offer_by_state ON shared_offer (state, offered_at);
CREATE INDEX shared_offer_by_publication ON shared_offer (publication);

-- What was published to the shared list, and withdrawn from it: reference data, small, the same for everyone. It does not say
-- who offered it. Loading the carried list adds what stands here again.
CREATE TABLE shared_publication (
    id TEXT NOT NULL,
    -- product or name
    kind TEXT NOT NULL,
    -- The listed product that it is, or whose name it is. An id is never given to another product.
    product TEXT NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    supplier TEXT,
    -- Ids of LGAM elements with a space between.
    elements TEXT NOT NULL,
    why TEXT NOT NULL,
    published_at TEXT NOT NULL,
    published_by TEXT,
    withdrawn_at TEXT,
    withdrawn_by TEXT,
    withdrawn_why TEXT,
    PRIMARY KEY (id)
);
CREATE INDEX shared_publication_by_product ON shared_publication (product);
CREATE INDEX shared_publication_by_name ON shared_publication (folded);
