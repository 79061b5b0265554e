# Generated tables: what a folder holds is what the program has. No central list, no registration before main().

find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

# tocsin_migrations(<room> <files> <out>): the room's migrations as `std::span<store::Migration const> <room>_migrations()`.
function(tocsin_migrations room files out)
  set(generated ${CMAKE_BINARY_DIR}/generated/${room}_migrations.cpp)
  add_custom_command(OUTPUT ${generated}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/generate_migrations.py ${room} ${generated} ${files}
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/tools/generate_migrations.py VERBATIM)
  set(${out} ${generated} PARENT_SCOPE)
endfunction()

# tocsin_table(<out> NAMESPACE <ns> HEADER <header> TYPE <signature kind> PREFIX <prefix> TABLE <name> FILES <files>)
# Each file `<stem>.cpp` must define `<prefix><stem>`; the table lists them all in order of their names.
function(tocsin_table out)
  cmake_parse_arguments(table "" "NAMESPACE;HEADER;DECLARE;ENTRY;TABLE;PREFIX" "FILES" ${ARGN})
  set(generated ${CMAKE_BINARY_DIR}/generated/${table_TABLE}.cpp)
  add_custom_command(OUTPUT ${generated}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/generate_table.py --namespace ${table_NAMESPACE}
            --header ${table_HEADER} --declare ${table_DECLARE} --entry ${table_ENTRY} --table ${table_TABLE}
            --prefix ${table_PREFIX} --out ${generated} ${table_FILES}
    DEPENDS ${table_FILES} ${CMAKE_SOURCE_DIR}/tools/generate_table.py VERBATIM)
  set(${out} ${generated} PARENT_SCOPE)
endfunction()

# tocsin_embed(<out> <prefix> <directory> <files>): the files' bytes inside the program, found by base/embedded.hpp as `<prefix>/<relative path>`.
function(tocsin_embed out prefix directory files)
  set(generated ${CMAKE_BINARY_DIR}/generated/embedded_${prefix})
  string(REPLACE ";" "\n" listing "${files}")
  file(GENERATE OUTPUT ${generated}.list CONTENT "${listing}\n")
  add_custom_command(OUTPUT ${generated}.S ${generated}.cpp
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/generate_embedded.py ${prefix} ${directory} ${generated}.list ${generated}
    DEPENDS ${files} ${generated}.list ${CMAKE_SOURCE_DIR}/tools/generate_embedded.py VERBATIM)
  set_source_files_properties(${generated}.S PROPERTIES OBJECT_DEPENDS "${files}")
  set(${out} ${generated}.S ${generated}.cpp PARENT_SCOPE)
endfunction()
