-- What systems need of each other.

-- A system of an organisation relies on another of its systems. A projection, as "system" is.
CREATE TABLE system_dependency (
    organisation TEXT NOT NULL,
    system TEXT NOT NULL,
    -- The system that it relies on.
    relies_on TEXT NOT NULL,
    PRIMARY KEY (organisation, system, relies_on)
);
CREATE INDEX system_dependency_by_other ON system_dependency (organisation, relies_on);
