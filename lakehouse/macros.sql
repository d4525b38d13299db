-- Macros that every relation may use. Loaded before the build; one statement each, no state.

-- The text without outer blanks. The engine's own trim looks up every character of a text: four times as long as to see that there is nothing to do.
create or replace macro trimmed(given) as
    if(starts_with(given, ' ') or ends_with(given, ' ') or strlen(given) <> length(given), trim(given), given);

-- The same; null for an empty one.
create or replace macro text_or_null(given) as nullif(trimmed(given), '');

-- The name without accents, case and outer blanks: for sorting, searching and comparing.
create or replace macro name_key(name) as lower(strip_accents(trimmed(name)));

-- Whether a text is shaped like one of Spotify's ids.
create or replace macro is_spotify_id(given) as coalesce(regexp_full_match(given, '[0-9A-Za-z]{22}'), false);

-- One digit of a number in base 62, the lowest.
create or replace macro base62_digit(number) as
    substr('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', (number % 62)::integer + 1, 1);

-- The id of something that its source only names: 22 base-62 characters, an "n" and a 125-bit hash of kind and name. Spotify's ids
-- are 128-bit numbers in the same alphabet and never begin past "7"; ours do (docs/decisions/0005). Written out digit by digit,
-- because the engine then computes the hash once per row.
create or replace macro named_id(kind, name) as 'n' ||
    base62_digit(md5_number_lower(kind || ':' || name) // 1::ubigint) ||
    base62_digit(md5_number_lower(kind || ':' || name) // 62::ubigint) ||
    base62_digit(md5_number_lower(kind || ':' || name) // 3844::ubigint) ||
    base62_digit(md5_number_lower(kind || ':' || name) // 238328::ubigint) ||
    base62_digit(md5_number_lower(kind || ':' || name) // 14776336::ubigint) ||
    base62_digit(md5_number_lower(kind || ':' || name) // 916132832::ubigint) ||
    base62_digit(md5_number_lower(kind || ':' || name) // 56800235584::ubigint) ||
    base62_digit(md5_number_lower(kind || ':' || name) // 3521614606208::ubigint) ||
    base62_digit(md5_number_lower(kind || ':' || name) // 218340105584896::ubigint) ||
    base62_digit(md5_number_lower(kind || ':' || name) // 13537086546263552::ubigint) ||
    base62_digit(md5_number_lower(kind || ':' || name) // 839299365868340224::ubigint) ||
    base62_digit(md5_number_upper(kind || ':' || name) // 1::ubigint) ||
    base62_digit(md5_number_upper(kind || ':' || name) // 62::ubigint) ||
    base62_digit(md5_number_upper(kind || ':' || name) // 3844::ubigint) ||
    base62_digit(md5_number_upper(kind || ':' || name) // 238328::ubigint) ||
    base62_digit(md5_number_upper(kind || ':' || name) // 14776336::ubigint) ||
    base62_digit(md5_number_upper(kind || ':' || name) // 916132832::ubigint) ||
    base62_digit(md5_number_upper(kind || ':' || name) // 56800235584::ubigint) ||
    base62_digit(md5_number_upper(kind || ':' || name) // 3521614606208::ubigint) ||
    base62_digit(md5_number_upper(kind || ':' || name) // 218340105584896::ubigint) ||
    base62_digit(md5_number_upper(kind || ':' || name) // 13537086546263552::ubigint);

-- Whether an id was made from a name. As a range, so that what a file says of its least and greatest id answers for all of its rows.
create or replace macro is_named_id(id) as id >= 'n' and id < 'o';

-- The rank of a source's id: one that was made from a name yields to every real one, whichever source says so.
create or replace macro id_rank(id, rank) as rank + if(is_named_id(id), 1000, 0);

-- What a part of a Python text stands for: itself, or the sign that an escape names.
create or replace macro python_sign(part) as case
    when part[1] <> '\' then part
    when length(part) > 2 then coalesce(try(chr(try_cast('0x' || part[3:] as integer))), part)
    when part[2] = 't' then chr(9)
    when part[2] = 'n' then chr(10)
    when part[2] = 'r' then chr(13)
    else part[2:]
end;

-- The text of a Python literal. Most have no escape, and are as they are written.
create or replace macro python_text(literal) as if(contains(literal, '\'),
    array_to_string(list_transform(
        regexp_extract_all(literal[2:-2], '\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\.|[^\\]+'),
        lambda part: python_sign(part)
    ), ''),
    literal[2:-2]);

-- The texts of a Python list literal, e.g. ['A', "B's"]; an empty list for anything else.
create or replace macro python_list(cell) as list_transform(
    regexp_extract_all(cell, '''(?:[^''\\]|\\.)*''|"(?:[^"\\]|\\.)*"'), lambda literal: python_text(literal)
);

-- 1997, 1997-05 or 1997-05-20; null for "0000", for years before 1000 and for what is no date.
create or replace macro partial_date(given) as case
    when given is null or given[1] = '0' then null
    when regexp_full_match(given, '\d{4}') then given
    when regexp_full_match(given, '\d{4}-\d{2}') and try_cast(given || '-01' as date) is not null then given
    when regexp_full_match(given, '\d{4}-\d{2}-\d{2}') and try_cast(given as date) is not null then given
end;

-- The text of such a date as far as the source says that it is known: of 1997-00-00 by year, 1997.
create or replace macro cut_date(given, stated) as case stated when 'year' then given[1:4] when 'month' then given[1:7] else given end;

-- Such a date as precise as the source says it is, which may be coarser than the text.
create or replace macro stated_date(given, stated) as partial_date(cut_date(given, stated));

-- One of the types that an album may have; null for others.
create or replace macro album_type_of(given) as if(lower(given) in ('album', 'single', 'compilation'), lower(given), null);

-- How precise such a date is: year, month or day.
create or replace macro date_precision(given) as case length(given) when 4 then 'year' when 7 then 'month' when 10 then 'day' end;

-- The number of a data set's row in its file, so that the last of several about one entity wins; null for a source's id, under which there is
-- one document of a time.
create or replace macro row_place(document_id) as if(length(document_id) < 19, try_cast(document_id as bigint), null);

-- Which source is believed first, field by field (DESIGN 4: spotify, exports, data sets, sandbox).
create or replace macro source_rank(source) as case source
    when 'spotify' then 10
    when 'kworb' then 20
    when 'reccobeats' then 30
    when 'kaggle_1m2' then 50
    when 'kaggle_1921_2020_tracks' then 51
    when 'kaggle_1921_2020_artists' then 52
    when 'kaggle_1921_2020_data' then 53
    when 'kaggle_114k' then 54
    when 'tidytuesday' then 55
    when 'sandbox' then 90
    else 70
end;

-- The value of the most believed source that has one. The rank is a column, found once: to plan it for each of twenty fields took as long as to
-- look up a thousand rows.
create or replace macro first_known(field, rank) as arg_min(field, rank);

-- yes/no as data sets write it: True, False, 1, 0.
create or replace macro yes_no(cell) as case lower(trim(cell))
    when 'true' then true when '1' then true when 'false' then false when '0' then false
end;

-- Whether a text holds a JSON object.
create or replace macro is_json_object(body) as json_valid(body) and json_type(if(json_valid(body), body, 'null')) = 'OBJECT';

-- The number; null outside low..high.
create or replace macro in_range(number, low, high) as if(number between low and high, number, null);

-- Whether a text is a number without a fraction: 87, 87.0 and 4.5e9 are, 55.6 is not. The engine would round it without a word.
create or replace macro is_whole(given) as try_cast(given as double) = floor(try_cast(given as double));

-- A whole number from a source's text ("87", 87, 87.0 and 4.5e9 alike); null outside low..high and with a fraction, never an overflow.
create or replace macro whole_number(given, low, high) as
    if(is_whole(given) and try_cast(given as bigint) between low and high, try_cast(given as bigint), null);

-- A whole number from a source's text, whatever its range; null with a fraction.
create or replace macro whole_cell(cell) as if(is_whole(cell), try_cast(try_cast(cell as double) as bigint), null);

-- The cell of a number; null where it is, to the letter, what R and pandas write for a missing one.
create or replace macro number_cell(cell) as if(cell in ('NA', 'NaN'), null, cell);

-- A finite number from a source's text; null outside low..high.
create or replace macro real_number(given, low, high) as
    if(try_cast(given as double) between low and high, try_cast(given as double), null);

-- What a field's value says that cannot be used: null when there is none, or when it could be typed.
create or replace macro unusable(field, given, typed) as
    if(given is not null and typed is null, field || ' "' || given[1:40] || '" cannot be used', null);

-- The images of a document, widest first, those of unknown size last, and none that has no address.
create or replace macro sorted_images(images) as
    list_reverse_sort(list_filter(coalesce(images, []), lambda image: image.url is not null).list_transform(
        lambda image: {size: coalesce(image.width, 0), width: image.width, height: image.height, url: image.url}
    )).list_transform(lambda image: {url: image.url, width: image.width, height: image.height});

-- The artists of a list, each once, at the first of its places.
create or replace macro first_places(artists) as if(len(artists) < 2, artists, list_filter(
    artists, lambda artist, place: list_position(list_transform(artists, lambda other: other.id), artist.id) = place
));

-- The name of a set of markets: equal sets, equal names; null where the source withholds them.
create or replace macro market_set_id(markets) as if(len(markets) > 0, md5(array_to_string(markets, ',')), null);

-- A UPC or EAN as one number is written: an EAN-13 is a UPC-A with a zero before it.
create or replace macro upc_key(upc) as nullif(ltrim(upc, '0'), '');

-- Whether an artist stands for "several": Spotify's entry, or that very name.
create or replace macro is_various_artists(artist_id, name) as
    artist_id = '0LyfQWJT6nXafLPZqxe9Of' or name_key(name) = 'various artists';

-- The pitch class 0..11 as a name; null for none.
create or replace macro key_name(key) as
    ['C', 'C#/Db', 'D', 'D#/Eb', 'E', 'F', 'F#/Gb', 'G', 'G#/Ab', 'A', 'A#/Bb', 'B'][key + 1];

-- 1 is major, 0 is minor.
create or replace macro mode_name(mode) as case mode when 1 then 'major' when 0 then 'minor' end;

-- The name without accents, case, punctuation and doubled blanks: for telling whether two spellings are one name.
create or replace macro plain_key(name) as coalesce(
    nullif(trim(regexp_replace(name_key(name), '[[:punct:][:space:]]+', ' ', 'g')), ''),
    name_key(name)
);

-- A track name, as it is written, without what stands in brackets or behind " - ", in plain letters: "Long Live - Remastered 2010" and
-- "Long Live (feat. X)" are "long live", and so is "Long Live". '' where nothing is left.
create or replace macro bare_key(track_name) as coalesce(nullif(regexp_replace(
    plain_key(regexp_replace(regexp_replace(track_name, '\s*[\(\[][^\)\]]*[\)\]]', ' ', 'g'), '\s+[-\x{2013}\x{2014}]\s.*$', '')), '^[[:punct:][:space:]]+$', ''
), ''), '');
