-- The revision of $LATEST that is served while a later one is being prepared, or has failed: null when `revision` itself is.
alter table functions add column served json;
