-- Styles and their collections: cold things, written by ordinary queries. Users are hot, so nothing here refers to them by a foreign key.

create table style (
    id uuid primary key,
    kind text not null check (kind in ('image', 'text')),
    user_id bigint not null,
    name text not null,
    info text,
    prompt text not null,
    params json not null,
    public boolean not null,
    nsfw boolean not null,
    shared_key_id uuid,
    use_count bigint not null check (use_count >= 0),
    created_at timestamptz not null,
    changed_at timestamptz not null,
    unique (user_id, name)
);
create index style_name on style (name);
comment on table style is 'a prompt, parameters and models under a name, to be used in requests';
comment on column style.id is 'made by the server';
comment on column style.kind is 'what it is for';
comment on column style.user_id is 'who made it and is tipped for its use: users.id';
comment on column style.name is 'unique among the styles of its maker, of both kinds';
comment on column style.info is 'what its maker says about it';
comment on column style.prompt is 'the prompt, with {p} where the one of the requester goes and, for images, {np} for what is not wanted';
comment on column style.params is 'the parameters that it sets, in the names of the wire; json and not jsonb, because it is only read back whole';
comment on column style.public is 'whether it is listed; whoever knows its name or id may use it in any case';
comment on column style.nsfw is 'whether its maker says that it makes what is for adults';
comment on column style.shared_key_id is 'the shared key that pays for its use, if any';
comment on column style.use_count is 'how many requests used it';
comment on column style.created_at is 'when it was made';
comment on column style.changed_at is 'when it was last changed';

create table style_model (
    style_id uuid not null references style (id) on delete cascade,
    position smallint not null check (position >= 0),
    model text not null,
    primary key (style_id, position)
);
create index style_model_model on style_model (model);
comment on table style_model is 'the models of a style, any of which will do';
comment on column style_model.style_id is 'the style';
comment on column style_model.position is 'its place in the list, from 0';
comment on column style_model.model is 'the name of the model';

create table style_tag (
    style_id uuid not null references style (id) on delete cascade,
    position smallint not null check (position >= 0),
    tag text not null,
    primary key (style_id, position)
);
create index style_tag_tag on style_tag (tag);
comment on table style_tag is 'words to find a style by';
comment on column style_tag.style_id is 'the style';
comment on column style_tag.position is 'its place in the list, from 0';
comment on column style_tag.tag is 'the word';

create table style_example (
    id uuid primary key,
    style_id uuid not null references style (id) on delete cascade,
    url text not null,
    is_primary boolean not null,
    created_at timestamptz not null,
    unique (style_id, url)
);
comment on table style_example is 'pictures that show what a style makes; they lie elsewhere';
comment on column style_example.id is 'made by the server';
comment on column style_example.style_id is 'the style';
comment on column style_example.url is 'where the picture is';
comment on column style_example.is_primary is 'whether it is the one to show first; one of each style is';
comment on column style_example.created_at is 'when it was added';

create table style_collection (
    id uuid primary key,
    kind text not null check (kind in ('image', 'text')),
    user_id bigint not null,
    name text not null,
    info text,
    public boolean not null,
    use_count bigint not null check (use_count >= 0),
    created_at timestamptz not null,
    changed_at timestamptz not null,
    unique (user_id, name)
);
create index style_collection_name on style_collection (name);
comment on table style_collection is 'styles of one kind under a name; a request that names it gets a random one';
comment on column style_collection.id is 'made by the server';
comment on column style_collection.kind is 'what its styles are for';
comment on column style_collection.user_id is 'who made it: users.id';
comment on column style_collection.name is 'unique among the collections of its maker';
comment on column style_collection.info is 'what its maker says about it';
comment on column style_collection.public is 'whether it is listed';
comment on column style_collection.use_count is 'how many requests used it';
comment on column style_collection.created_at is 'when it was made';
comment on column style_collection.changed_at is 'when it was last changed';

create table style_collection_member (
    collection_id uuid not null references style_collection (id) on delete cascade,
    style_id uuid not null references style (id) on delete cascade,
    position smallint not null check (position >= 0),
    primary key (collection_id, style_id)
);
create index style_collection_member_style on style_collection_member (style_id);
comment on table style_collection_member is 'which styles a collection holds';
comment on column style_collection_member.collection_id is 'the collection';
comment on column style_collection_member.style_id is 'the style';
comment on column style_collection_member.position is 'its place in the list, from 0';

-- Tips for styles are transfers of their own.
alter table transfer drop constraint transfer_code_check;
alter table transfer add constraint transfer_code_check check (
    code in (
        'generation', 'surcharge', 'subsidy', 'tax', 'forgiveness', 'uptime', 'promotion', 'gift', 'grant', 'award', 'monthly', 'tip'
    )
);
