-- Certificates that users gave, and those that are obtained for custom domains: the latter have a domain, and no chain until there is one.
create table certificates (
  certificate_id text primary key,
  alias text not null,
  chain text not null,
  sealed_key bytea not null,
  names text[] not null,
  fingerprint text not null,
  valid_from bigint not null,
  valid_to bigint not null,
  tags json not null,
  domain text unique,
  due_at bigint not null,
  attempts integer not null,
  message text not null,
  leased_until bigint not null,
  add_time bigint not null,
  mod_time bigint not null
);
create index certificates_due on certificates (due_at) where domain is not null;

-- By whom certificates are ordered, at each authority.
create table acme_accounts (
  directory text primary key,
  sealed_key bytea not null,
  thumbprint text not null
);
