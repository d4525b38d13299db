-- The benchmark's tables with the keys and indexes that a competent operator gives them for its workloads.
create extension if not exists pg_trgm;
create table artists (artist_id text primary key, name text not null);
create table albums (
    album_id text primary key, name text, artist_id text not null references artists, release_year int
);
create table tracks (
    track_id text primary key, name text, popularity int, artist_id text not null references artists, artist_name text,
    album_id text not null references albums, album_name text, release_year int, duration_ms int, key int, mode int,
    danceability float8, energy float8, loudness float8, speechiness float8, acousticness float8, instrumentalness float8,
    liveness float8, valence float8, tempo float8, playlist_genre text
);
