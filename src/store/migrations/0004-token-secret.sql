-- Signs the tokens of functions. Made at the next start where it is missing: a database cannot be trusted with randomness of that kind.
alter table account add column token_secret text;
