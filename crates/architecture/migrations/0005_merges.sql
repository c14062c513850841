-- A product of the shared list that was recorded twice: it is now another one, until the merging is taken back. What systems
-- state stays as it was said; projections read it as the product that it became. Reference data.
CREATE TABLE product_merge (
    product TEXT NOT NULL,
    into_product TEXT NOT NULL,
    -- The product with its names and elements as it was, as JSON: what comes back.
    was TEXT NOT NULL,
    -- Why, as a sentence of whoever did it.
    why TEXT NOT NULL,
    actor TEXT,
    at TEXT NOT NULL,
    PRIMARY KEY (product)
);
-- Who supplies a product as its source says, so that a supplier's merging can be followed and taken back.
ALTER TABLE product ADD COLUMN stated_supplier TEXT;
UPDATE product SET stated_supplier = supplier;
CREATE INDEX product_merge_by_destination ON product_merge (into_product);
