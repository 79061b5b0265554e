#pragma once
#include "api/router.hpp"

#include <string_view>

/// The portal's door: everything under /portal. Private to api.
namespace tocsin::api {

/// Plain HTML pages for people of constituents: no script, forms with a token, a session cookie of their own.
class Portal {
  public:
    explicit Portal(House& house) : house_(house) {}
    static bool is_mine(std::string_view path) { return path == "/portal" || path.starts_with("/portal/"); }
    net::HttpResponse answer(net::HttpRequest const& request);
    /// Whether the request changes something for somebody who need not be signed in: for the limit by address.
    static bool is_knock(net::HttpRequest const& request);

  private:
    House& house_;
};

}  // namespace tocsin::api
