from django.contrib import admin
from django.urls import path

urlpatterns = [
    path('admin/', admin.site.urls),
]

from accounts.views import CustomTokenBlacklistView, CustomTokenObtainPairView, CustomTokenRefreshView

urlpatterns += [
    path('api/auth/login/', CustomTokenObtainPairView.as_view(), name='token_obtain_pair'),
    path('api/auth/refresh/', CustomTokenRefreshView.as_view(), name='token_refresh'),
    path('api/auth/logout/', CustomTokenBlacklistView.as_view(), name='token_blacklist'),
]

# Optional, with accounts/user_events.py:
from accounts.logout_everywhere import LogoutEverywhereView

urlpatterns += [
    path('api/auth/logout-everywhere/', LogoutEverywhereView.as_view(), name='logout_everywhere'),
]
