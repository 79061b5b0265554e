# Every foreign library, by the short name rooms use in LIBS. Debian packages are listed in tools/packages.txt.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS system json url)

add_library(lib_boost INTERFACE)
target_link_libraries(lib_boost INTERFACE Boost::system Boost::json Boost::url Threads::Threads)
target_compile_definitions(lib_boost INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_USE_STD_STRING_VIEW)

foreach(pair fmt:fmt spdlog:spdlog openssl:openssl sqlite:sqlite3 sodium:libsodium oath:liboath maxminddb:libmaxminddb psl:libpsl zstd:libzstd zlib:zlib
             brotli:libbrotlidec brotlienc:libbrotlienc icu:icu-i18n pcre2:libpcre2-8 simdjson:simdjson pugixml:pugixml)
  string(REPLACE ":" ";" parts ${pair})
  list(GET parts 0 name)
  list(GET parts 1 package)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${package})
  add_library(lib_${name} INTERFACE)
  target_link_libraries(lib_${name} INTERFACE PkgConfig::${name})
endforeach()

# Those that bring many others along, and that most commands do not need.
foreach(pair curl:libcurl rabbitmq:librabbitmq rdkafka:rdkafka gmime:gmime-3.0 gpgme:gpgme archive:libarchive cairo:cairo pangocairo:pangocairo)
  string(REPLACE ":" ";" parts ${pair})
  list(GET parts 0 name)
  list(GET parts 1 package)
  pkg_check_modules(${name} REQUIRED ${package})
  add_library(lib_${name} INTERFACE)
  target_include_directories(lib_${name} SYSTEM INTERFACE ${${name}_INCLUDE_DIRS})
  target_compile_options(lib_${name} INTERFACE ${${name}_CFLAGS_OTHER})
  tocsin_late(lib_${name} ${${name}_LINK_LIBRARIES})
endforeach()

add_library(lib_tomlplusplus INTERFACE)  # header only: the packaged library is built with exceptions, we are not
target_compile_definitions(lib_tomlplusplus INTERFACE TOML_HEADER_ONLY=1 TOML_EXCEPTIONS=0)
# It asserts on some malformed keys before it reports them as errors; the report is what we want (found by feed_definition_fuzz).
target_compile_options(lib_tomlplusplus INTERFACE "-DTOML_ASSERT(expression)=static_cast<void>(0)")

# DuckDB: library and header from two npm packages of one version, installed by ./dev setup into build/deps (see deps/).
set(TOCSIN_DEPS ${CMAKE_SOURCE_DIR}/build/deps/node_modules)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(duckdb_dir ${TOCSIN_DEPS}/@duckdb/node-bindings-linux-arm64)
else()
  set(duckdb_dir ${TOCSIN_DEPS}/@duckdb/node-bindings-linux-x64)
endif()
set(duckdb_library ${duckdb_dir}/libduckdb.so)
find_path(duckdb_include duckdb.h PATHS ${TOCSIN_DEPS}/duckdb/src/duckdb/src/include NO_DEFAULT_PATH REQUIRED)
if(NOT EXISTS ${duckdb_library})
  message(FATAL_ERROR "libduckdb.so is missing: run ./dev setup")
endif()
add_library(lib_duckdb INTERFACE)
target_include_directories(lib_duckdb SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/duckdb_include)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/duckdb_include)
file(COPY_FILE ${duckdb_include}/duckdb.h ${CMAKE_BINARY_DIR}/duckdb_include/duckdb.h ONLY_IF_DIFFERENT)
tocsin_late(lib_duckdb ${duckdb_library})
set(CMAKE_BUILD_RPATH ${duckdb_dir})  # where the tests find it

find_package(GTest REQUIRED)
add_library(lib_gtest INTERFACE)
target_link_libraries(lib_gtest INTERFACE GTest::gmock GTest::gtest GTest::gtest_main)
find_library(rapidcheck_library rapidcheck)
if(rapidcheck_library)
  add_library(lib_rapidcheck INTERFACE)
  target_link_libraries(lib_rapidcheck INTERFACE ${rapidcheck_library})
endif()
find_package(benchmark REQUIRED)
