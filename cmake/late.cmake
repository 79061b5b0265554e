# tocsin_late(<target> <shared library>...): the target's users link small functions of the libraries' names instead of the
# libraries, which are opened when one is first called: a small command need not load what it does not use
# (docs/decisions/0038-libraries-are-opened-when-they-are-needed.md). C libraries only: no variables, no C++.
set_property(GLOBAL PROPERTY tocsin_late_libraries "")
function(tocsin_late target)
  foreach(library ${ARGN})
    get_filename_component(name ${library} NAME_WLE)
    if(NOT TARGET late_${name})
      set(generated ${CMAKE_BINARY_DIR}/generated/late_${name}.S)
      add_custom_command(OUTPUT ${generated}
        COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/generate_late.py ${CMAKE_NM} ${CMAKE_READELF} ${library} ${generated}
        DEPENDS ${library} ${CMAKE_SOURCE_DIR}/tools/generate_late.py VERBATIM)
      add_library(late_${name} STATIC ${generated})
      target_link_libraries(late_${name} PRIVATE tocsin_base)
      set_property(GLOBAL APPEND PROPERTY tocsin_late_libraries ${library})
    endif()
    target_link_libraries(${target} INTERFACE late_${name})
  endforeach()
endfunction()
