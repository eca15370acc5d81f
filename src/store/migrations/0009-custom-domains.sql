-- Domains of users' own and the functions that their paths lead to, each with the order in which they were given.
create table custom_domains (
  domain text primary key,
  protocol text not null,
  endpoints json not null,
  certificate_id text not null,
  waf json not null,
  tags json not null,
  add_time bigint not null,
  mod_time bigint not null
);
